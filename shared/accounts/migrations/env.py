"""What alembic runs: the migrations, in the transaction of whoever opened the store."""

from alembic import context

connection, schema = context.config.attributes["connection"], context.config.attributes["schema"]
if schema:
    # Migrations name tables without a schema; this ends with the transaction.
    connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
context.configure(
    connection=connection,
    version_table_schema=schema,
    transactional_ddl=False,  # the transaction is the caller's, who commits all of it or nothing
)
context.run_migrations()
