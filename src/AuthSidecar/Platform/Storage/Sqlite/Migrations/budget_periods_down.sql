CREATE TABLE "BudgetsOfMonths" (
  "Scope" TEXT NOT NULL,
  "SubjectId" TEXT NOT NULL,
  "LimitMicros" INTEGER NOT NULL,
  "UpdatedAt" INTEGER NOT NULL,
  CONSTRAINT "PK_Budgets" PRIMARY KEY ("Scope", "SubjectId")
);
INSERT INTO "BudgetsOfMonths" SELECT "Scope", "SubjectId", "LimitMicros", "UpdatedAt" FROM "Budgets" WHERE "Period" = 'month';
DROP TABLE "Budgets";
ALTER TABLE "BudgetsOfMonths" RENAME TO "Budgets";
DELETE FROM "Spends" WHERE "Month" >= 1000000;
