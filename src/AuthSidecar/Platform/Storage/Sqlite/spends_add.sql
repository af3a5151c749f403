INSERT INTO "Spends" ("Scope", "SubjectId", "Month", "Micros") VALUES (?, ?, ?, ?)
ON CONFLICT ("Scope", "SubjectId", "Month") DO UPDATE SET "Micros" = "Micros" + excluded."Micros"
