-- The spend of this week (ISO 8601) and of its days, from the stored rows. The Thursday of a week says its year and number.
WITH spent AS (
  SELECT date("Time" / 1000000, 'unixepoch') AS day, "CostMicros" AS micros, "UserId" AS user, coalesce("KeyLine", "KeyId") AS line, "Purses" AS purses
  FROM "Usage"
  WHERE "CostMicros" > 0 AND "Time" >= unixepoch(date('now', '-6 days', 'weekday 1')) * 1000000
),
charged AS (
  SELECT 'user' AS scope, user AS subject, day, micros FROM spent WHERE user <> ''
  UNION ALL
  SELECT 'key', line, day, micros FROM spent WHERE line <> ''
  UNION ALL
  SELECT 'purse', "Id", day, micros FROM spent JOIN "Groups" ON instr(' ' || purses || ' ', ' ' || "Id" || ' ') > 0
),
counted AS (
  SELECT scope, subject, CAST(strftime('%Y%m%d', day) AS INTEGER) AS period, micros FROM charged
  UNION ALL
  SELECT
    scope,
    subject,
    strftime('%Y', day, '-3 days', 'weekday 4') * 1000 + (strftime('%j', day, '-3 days', 'weekday 4') - 1) / 7 + 1,
    micros
  FROM charged
)
INSERT INTO "Spends" ("Scope", "SubjectId", "Month", "Micros")
SELECT scope, subject, period, sum(micros) FROM counted GROUP BY scope, subject, period;
