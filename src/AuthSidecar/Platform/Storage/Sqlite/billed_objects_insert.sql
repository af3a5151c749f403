INSERT INTO "BilledObjects" ("Provider", "ObjectId", "DecisionId", "MakerId", "Time") VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
