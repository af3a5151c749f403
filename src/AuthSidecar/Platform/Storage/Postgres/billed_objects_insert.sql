INSERT INTO "BilledObjects" ("Provider", "ObjectId", "DecisionId", "MakerId", "Time")
SELECT "Provider", "ObjectId", "DecisionId", "MakerId", "Time"
FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS report ("Provider", "ObjectId", "DecisionId", "MakerId", "Time", "Order")
ORDER BY "Order"
ON CONFLICT DO NOTHING
RETURNING "Provider", "ObjectId"
