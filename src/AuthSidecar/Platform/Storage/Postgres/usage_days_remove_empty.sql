DELETE FROM "UsageDays" AS known
USING unnest($1, $2, $3, $4, $5, $6) AS report ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant")
WHERE known."Day" = report."Day"
    AND known."Provider" = report."Provider"
    AND known."Model" = report."Model"
    AND known."KeyId" = report."KeyId"
    AND known."UserId" = report."UserId"
    AND known."Tenant" = report."Tenant"
    AND known."Requests" = 0
