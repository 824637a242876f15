/** Kaggle's train.csv. */
export const columns = [
  "PassengerId",
  "Survived",
  "Pclass",
  "Name",
  "Sex",
  "Age",
  "SibSp",
  "Parch",
  "Ticket",
  "Fare",
  "Cabin",
  "Embarked",
] as const;

export type Column = (typeof columns)[number];

/** Kaggle's test.csv. */
export const withoutLabel = columns.filter((name) => name !== "Survived");
