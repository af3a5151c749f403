DELETE FROM "UsageDays"
WHERE "Day" = ? AND "Provider" = ? AND "Model" = ? AND "KeyId" = ? AND "UserId" = ? AND "Tenant" = ? AND "Requests" = 0
