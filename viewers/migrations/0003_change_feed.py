from django.db import migrations

# Rows live for half a minute and are as large as a batch: kept whole, outside the row, without compression,
# and vacuumed soon.
CREATE = """
CREATE UNLOGGED TABLE viewers_livechange (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    app_id integer,
    ids uuid[] NOT NULL,
    streams text[],
    places bigint[],
    figures bigint[]
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 20000,
    toast.autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX viewers_livechange_xid ON viewers_livechange (xid);
ALTER TABLE viewers_livechange
    ALTER ids SET STORAGE EXTERNAL, ALTER streams SET STORAGE EXTERNAL,
    ALTER places SET STORAGE EXTERNAL, ALTER figures SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("viewers", "0002_admin_lists"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE viewers_livechange"),
    ]
