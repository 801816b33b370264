"""The database: SQLAlchemy and Alembic, and nothing of them leaves this package."""
