/** The step of payments that other services run inside their own transaction. */
export { type RefundWish, requestRefund } from "./payments.refunds.model.ts";
