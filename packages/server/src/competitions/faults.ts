import { type FieldError, MedforgeError } from "@medforge/core/errors";
import type { Fault } from "@medforge/scoring";

/** What is wrong with a bundle, for the person who made it: all of it at once, each with its place. Never a holdout's value. */

const FAULTS_MAX = 100;

/** A fault of the scoring package. @param entry the file that it is of, unless the fault names one itself */
export function scoringFault(fault: Fault, entry: string): FieldError {
  const { path = "", row, column, field } = fault.where;
  return {
    path: path || (field === undefined ? "" : `header field ${field}`),
    entry,
    message: fault.message,
    code: fault.code,
    ...(row === undefined ? {} : { row }),
    ...(column === undefined ? {} : { column }),
  };
}

/** `competition.json: metrics[1].name: One of dice, iou.` or `public/ids.csv, row 3, column "id": An id occurs twice.` */
export function faultText({ entry, path, row, column, message }: FieldError): string {
  const place = [
    entry,
    row === undefined ? undefined : `row ${row}`,
    column === undefined ? undefined : `column "${column}"`,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
  return [place, path, message].filter((part) => part !== "").join(": ");
}

/** @throws MedforgeError `invalid_request`, when there are any */
export function refuseFaulty(faults: readonly FieldError[]): void {
  if (faults.length === 0) return;
  throw new MedforgeError(
    "invalid_request",
    `The bundle has ${faults.length === 1 ? "one fault" : `${faults.length} faults`}. Nothing was changed.`,
    { fields: faults.slice(0, FAULTS_MAX), fieldsTotal: faults.length },
  );
}
