INSERT INTO "BilledObjects" ("Provider", "ObjectId", "DecisionId", "IsMaker", "Time") VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
