UPDATE "BilledObjects" SET "DecisionId" = ?3, "MakerId" = ?4, "Time" = ?5
WHERE "Provider" = ?1 AND "ObjectId" = ?2
