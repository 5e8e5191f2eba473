/** `npm run boards` writes monitoring/grafana/ from scripts/boards/. */
import { writeFileSync } from "node:fs";
import { boardText } from "./boards/board.ts";
import { boards } from "./boards/index.ts";

for (const board of boards) {
	const file = new URL(`../monitoring/grafana/${board.name}.json`, import.meta.url);
	writeFileSync(file, boardText(board));
}
console.log(`${boards.length} boards are written.`);
