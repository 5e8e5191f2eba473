import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import { decodeCursor, pageOf } from "../../lib/cursor.ts";
import { commonErrors } from "../../lib/errors.ts";
import { service } from "../../lib/service.ts";
import { isUniqueViolation, sql } from "../../mixins/sql/index.ts";
import { adjustStock } from "./stock.adjusting.ts";
import { stock } from "./stock.contract.ts";
import { findLevels, hasWarehouse, type LevelState, listMovements } from "./stock.model.ts";
import { defaultWarehouseId, levelKey } from "./stock.rules.ts";

const levelView = ({ skuId, warehouseId, onHand, reserved, sold }: LevelState) => ({
	...{ skuId, warehouseId, onHand, reserved, sold }
});

/** What the `owner` methods load. */
interface OwnedProduct {
	readonly userId: string;
	readonly skuIds: string[];
}

export default service(stock, {
	mixins: [sql()],
	methods: {
		/** For the `owner` rule: stock belongs to the seller of its product. */
		async findProduct({ id }: { id: string }): Promise<OwnedProduct | undefined> {
			const { items } = await typed(this.broker).call("products.skusOf", { productId: id });
			const [first] = items;
			if (!first) return undefined;
			return { userId: first.sellerId, skuIds: items.map(({ skuId }) => skuId) };
		},

		async findSku({ id }: { id: string }): Promise<OwnedProduct | undefined> {
			const { items } = await typed(this.broker).call("products.skus", { skuIds: [id] });
			const [sku] = items;
			return sku && { userId: sku.sellerId, skuIds: [id] };
		}
	},
	actions: {
		async ofProduct(ctx) {
			const { skuIds } = ctx.locals.entity as OwnedProduct;
			return { items: (await findLevels(this.sql, skuIds)).map(levelView) };
		},

		async movements(ctx) {
			const { id, warehouseId, cursor, limit = limits.pageItemsDefault } = ctx.params;
			const [before] = cursor === undefined ? [] : decodeCursor(cursor, ["number"]);
			const levelId = levelKey(id, warehouseId).id;
			const found = await listMovements(this.sql, { levelId, before, limit: limit + 1 });
			const { items, nextCursor } = pageOf(found, limit, ({ sequence }) => [sequence]);
			const views = items.map((movement) => ({ ...movement, at: movement.at.toISOString() }));
			return { items: views, nextCursor };
		},

		async adjust(ctx) {
			const { id: skuId, quantity, reason, warehouseId = defaultWarehouseId } = ctx.params;
			const { idempotency } = ctx.locals;
			if (!idempotency) throw commonErrors.IDEMPOTENCY_KEY_REQUIRED();
			if (quantity === 0) throw commonErrors.VALIDATION_FAILED({ field: "quantity" });
			if (!(await hasWarehouse(this.sql, warehouseId))) throw commonErrors.NOT_FOUND();
			const userId = ctx.meta.user.id;
			const request = { userId, ...idempotency, skuId, warehouseId, quantity, reason };
			const adjustOnce = () => this.sql.transaction((tx) => adjustStock(tx, request));
			const counts = await adjustOnce().catch((error: unknown) => {
				// Two that bring the SKU to the same warehouse: the other has opened its level now.
				if (isUniqueViolation(error, "PRIMARY")) return adjustOnce();
				throw error;
			});
			const { onHand, reserved, sold } = counts;
			return { skuId, warehouseId, onHand, reserved, sold };
		},

		async available(ctx) {
			const { skuIds } = ctx.params;
			const levels = await findLevels(this.sql, [...new Set(skuIds)]);
			const onHand = new Map(
				levels
					.filter(({ warehouseId }) => warehouseId === defaultWarehouseId)
					.map((level) => [level.skuId, level.onHand])
			);
			return { items: skuIds.map((skuId) => ({ skuId, available: onHand.get(skuId) ?? 0 })) };
		}
	}
});
