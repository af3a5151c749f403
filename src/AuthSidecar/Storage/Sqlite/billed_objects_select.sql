SELECT "DecisionId", "IsMaker", "Time" FROM "BilledObjects" WHERE "Provider" = ? AND "ObjectId" = ?
