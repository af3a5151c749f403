UPDATE "BilledObjects" AS known SET
    "DecisionId" = report."DecisionId",
    "MakerId" = report."MakerId",
    "Time" = report."Time"
FROM unnest($1, $2, $3, $4, $5) AS report ("Provider", "ObjectId", "DecisionId", "MakerId", "Time")
WHERE known."Provider" = report."Provider" AND known."ObjectId" = report."ObjectId"
