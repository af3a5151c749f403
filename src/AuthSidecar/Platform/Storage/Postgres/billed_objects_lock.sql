SELECT known."Provider", known."ObjectId", known."DecisionId", known."MakerId", known."Time"
FROM "BilledObjects" AS known
JOIN unnest($1, $2) AS report ("Provider", "ObjectId") ON known."Provider" = report."Provider" AND known."ObjectId" = report."ObjectId"
ORDER BY known."Provider", known."ObjectId"
FOR UPDATE OF known
