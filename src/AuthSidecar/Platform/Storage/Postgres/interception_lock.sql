SELECT 1 FROM "Interceptions" WHERE "Id" = $1 FOR UPDATE
