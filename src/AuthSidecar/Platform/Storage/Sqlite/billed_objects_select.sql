SELECT "DecisionId", "MakerId", "Time" FROM "BilledObjects" WHERE "Provider" = ? AND "ObjectId" = ?
