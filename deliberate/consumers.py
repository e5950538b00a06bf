"""The live room's socket: parse a frame, call, reply. No rules and no rows here."""

import json
import logging
import time
from functools import partial
from importlib import import_module
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from deliberate import announcements, errors, frames, room
from deliberate.models import Conversation

logger = logging.getLogger(__name__)
Session = import_module(settings.SESSION_ENGINE).SessionStore
# With the default every call of the process would wait for one thread (54 votes a second
# measured); connections come from a pool, and each call is a transaction of its own.
in_own_thread = partial(database_sync_to_async, thread_sensitive=False)

# Frames a second that one socket may send in the long run, and in one burst.
FRAMES_A_SECOND = 10.0
BURST = 40.0
# Close codes: what the protocol documents.
TOO_LARGE, FLOODED, NO_SUCH_ROOM = 1009, 1008, 4404


class ConversationConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One browser on one conversation's page."""

    async def connect(self) -> None:
        self.allowance, self.counted_at = BURST, time.monotonic()
        slug = self.scope["url_route"]["kwargs"]["slug"]
        found = await self._find(slug)
        if found is None:
            await self.accept()
            await self.close(NO_SUCH_ROOM)
            return
        self.conversation_id = found
        await self.channel_layer.group_add(
            announcements.room(self.conversation_id), self.channel_name
        )
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "conversation_id"):
            await self.channel_layer.group_discard(
                announcements.room(self.conversation_id), self.channel_name
            )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len((text_data or "").encode()) + len(bytes_data or b"") > frames.LARGEST:
            await self.close(TOO_LARGE)
            return
        if not self._within_rate():
            await self.close(FLOODED)
            return
        with translation.override(self._language()):
            try:
                frame = frames.parse(text_data if text_data is not None else "")
            except frames.MalformedFrame as error:
                await self._refuse(error.reply_to, error)
                return
        await self._act(frame)

    async def room_event(self, message: dict[str, Any]) -> None:
        """Pass on an event of the room."""
        await self._send_frame(message["event"], None, message["content"])

    async def _act(self, frame: frames.Frame) -> None:
        try:
            content = await self._answer(frame.act)
        except errors.DeliberateError as error:
            with translation.override(self._language()):
                await self._refuse(frame.id, error)
        except DatabaseError:
            # Nothing was acknowledged, so nothing is lost: the browser keeps it and tries again.
            logger.exception("A frame could not be stored.")
            with translation.override(self._language()):
                await self._send_frame(
                    "error",
                    frame.id,
                    {
                        "code": "try_later",
                        "message": _("That could not be stored now. Try again in a moment."),
                    },
                )
        else:
            await self._send_frame("ok", frame.id, content)

    async def _find(self, slug: str) -> int | None:
        found = Conversation.objects.public().filter(slug=slug).values_list("pk", flat=True)
        return await in_own_thread(found.first)()

    async def _answer(self, act: frames.Act) -> dict[str, Any]:
        return await in_own_thread(self._answer_now)(act)

    def _answer_now(self, act: frames.Act) -> dict[str, Any]:
        request = HttpRequest()
        # A fresh look at the session each time: one that was ended elsewhere is nobody's.
        session = Session(self.scope["session"].session_key)
        request.session = session
        visitor = room.Visitor(user=get_user(request), session=session, language=self._language())
        return room.answer(conversation_id=self.conversation_id, visitor=visitor, act=act)

    def _language(self) -> str:
        language: str = self.scope.get("language", "en")
        return language

    def _within_rate(self) -> bool:
        now = time.monotonic()
        refill = (now - self.counted_at) * FRAMES_A_SECOND
        self.allowance = min(BURST, self.allowance + refill) - 1
        self.counted_at = now
        return self.allowance >= 0

    async def _refuse(self, reply_to: str | int | None, error: errors.DeliberateError) -> None:
        content: dict[str, Any] = {"code": error.code, "message": str(error.sentence)}
        if isinstance(error, errors.StatementDuplicate):
            content["twin"] = error.number
        await self._send_frame("error", reply_to, content)

    async def _send_frame(
        self, kind: str, reply_to: str | int | None, content: dict[str, Any]
    ) -> None:
        frame: dict[str, Any] = {"type": kind, "content": content}
        if reply_to is not None:
            frame["reply_to"] = reply_to
        await self.send(json.dumps(frame, ensure_ascii=False))
