-- hospital.sql - tables, a generated population, indexes, keys: psql -v patients=N -v seed=N -v site=NAME -f hospital.sql
-- In one transaction, so that PostgreSQL need not log rows of tables it made a moment ago.
begin;
\ir omop.sql
\ir generate.sql
\ir omop-index.sql
\ir omop-keys.sql
commit;
-- Enough for these tables, and a third of the time of the default.
set default_statistics_target = 40;
vacuum (analyze);
