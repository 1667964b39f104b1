"""Alembic's entry: works on the connection that `iopflow.db` hands over, and on nothing else."""

from alembic import context

from iopflow.models import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
