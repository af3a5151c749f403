SELECT 1 FROM "Interceptions" WHERE "Id" = ?
