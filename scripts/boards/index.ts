/** All boards. */
import type { Board } from "./board.ts";
import { chat } from "./chat.ts";
import { cluster } from "./cluster.ts";
import { data } from "./data.ts";
import { money } from "./money.ts";
import { shop } from "./shop.ts";
import { video } from "./video.ts";

export const boards: readonly Board[] = [cluster, video, chat, money, shop, data];
