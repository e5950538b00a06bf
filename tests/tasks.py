"""Runs what has been enqueued, as the worker does."""

from django_tasks_db.models import DBTaskResult


def run_enqueued() -> None:
    """Run the tasks that are due, and those that they enqueue, the earliest first."""
    while rows := list(DBTaskResult.objects.order_by("enqueued_at")):
        for row in rows:
            row.delete()
            row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
