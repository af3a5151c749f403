INSERT INTO "BilledObjects" ("Provider", "ObjectId", "DecisionId", "IsMaker", "Time")
SELECT "Provider", "ObjectId", "DecisionId", "IsMaker", "Time"
FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS report ("Provider", "ObjectId", "DecisionId", "IsMaker", "Time", "Order")
ORDER BY "Order"
ON CONFLICT DO NOTHING
RETURNING "Provider", "ObjectId"
