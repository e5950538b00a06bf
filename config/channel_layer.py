"""The channel layer over Redis, which leaves nothing behind when it cannot subscribe."""

import uuid

from channels_redis.pubsub import RedisPubSubChannelLayer


class TidyLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # channels_redis has no types
    """channels_redis's own, but for what it keeps of a subscription that failed."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        """A channel of this process.

        channels_redis puts a queue by for it first and then subscribes: while Redis is away each
        try of each room would leave one for ever.
        """
        layer = self._get_layer()
        channel = f"{layer.prefix}{prefix}{uuid.uuid4().hex}"
        try:
            await layer._subscribe_to_channel(channel)
        except BaseException:
            layer.channels.pop(channel, None)
            raise
        return channel
