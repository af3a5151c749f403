INSERT INTO "Spends" AS known ("Scope", "SubjectId", "Month", "Micros")
SELECT "Scope", "SubjectId", "Month", "Micros"
FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS report ("Scope", "SubjectId", "Month", "Micros", "Order")
ORDER BY "Order"
ON CONFLICT ("Scope", "SubjectId", "Month") DO UPDATE SET "Micros" = known."Micros" + excluded."Micros"
