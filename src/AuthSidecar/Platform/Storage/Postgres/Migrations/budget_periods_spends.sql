-- The spend of this week (ISO 8601) and of its days, from the stored rows.
WITH spent AS (
  SELECT to_timestamp("Time" / 1000000) AT TIME ZONE 'UTC' AS at, "CostMicros" AS micros, "UserId" AS spender, coalesce("KeyLine", "KeyId") AS line, "Purses" AS purses
  FROM "Usage"
  WHERE "CostMicros" > 0 AND "Time" >= (extract(epoch FROM date_trunc('week', now() AT TIME ZONE 'UTC')) * 1000000)::bigint
),
charged AS (
  SELECT 'user' AS scope, spender AS subject, at, micros FROM spent WHERE spender <> ''
  UNION ALL
  SELECT 'key', line, at, micros FROM spent WHERE line <> ''
  UNION ALL
  SELECT 'purse', "Id", at, micros FROM spent JOIN "Groups" ON "Id" = ANY (string_to_array(purses, ' '))
),
counted AS (
  SELECT scope, subject, to_char(at, 'YYYYMMDD')::int AS period, micros FROM charged
  UNION ALL
  SELECT scope, subject, to_char(at, 'IYYY')::int * 1000 + to_char(at, 'IW')::int, micros FROM charged
)
INSERT INTO "Spends" ("Scope", "SubjectId", "Month", "Micros")
SELECT scope, subject, period, sum(micros) FROM counted GROUP BY scope, subject, period;
