CREATE TABLE "BudgetsOfPeriods" (
  "Scope" TEXT NOT NULL,
  "SubjectId" TEXT NOT NULL,
  "Period" TEXT NOT NULL DEFAULT 'month',
  "LimitMicros" INTEGER NOT NULL,
  "UpdatedAt" INTEGER NOT NULL,
  CONSTRAINT "PK_Budgets" PRIMARY KEY ("Scope", "SubjectId", "Period")
);
INSERT INTO "BudgetsOfPeriods" SELECT "Scope", "SubjectId", 'month', "LimitMicros", "UpdatedAt" FROM "Budgets";
DROP TABLE "Budgets";
ALTER TABLE "BudgetsOfPeriods" RENAME TO "Budgets";
