import { ActionIcon, Indicator } from "@mantine/core";
import { IconShoppingBag } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Room } from "../room/status-badge.tsx";
import { BagSheet, type Shown } from "./bag-sheet.tsx";
import { offersOf, type PinnedGood } from "./goods.ts";
import { PinnedCard } from "./pinned-card.tsx";
import { SaleCards } from "./sale-card.tsx";
import classes from "./shop.module.css";
import { useGoods } from "./use-goods.ts";
import { useSales } from "./use-sales.ts";

interface RoomShopProps {
	readonly room: Pick<Room, "id" | "host" | "status">;
	/** The socket tells of changes. */
	readonly isInRoom: boolean;
}

/** The shop of a room beside its picture: what is explained, a flash sale, the bag. */
export function RoomShop({ room, isInRoom }: RoomShopProps) {
	const goods = useGoods(room.id, isInRoom);
	const sales = useSales(room.id, isInRoom);
	const [shown, setShown] = useState<Shown>();
	const isOn = room.status === "live" || room.status === "paused";
	const count = goods.data ? offersOf(goods.data.items).length : 0;
	const openGood = ({ productId, skuId }: PinnedGood) =>
		setShown({ view: "offer", productId, skuId });
	const { pinned } = goods;
	return (
		<div className={classes.shop}>
			{sales.data && isOn && (
				<SaleCards
					sales={sales.data}
					hostId={room.host.id}
					openOrder={(orderId) => setShown({ view: "order", orderId })}
				/>
			)}
			<div className={classes.shelf}>
				{pinned && <PinnedCard good={pinned} open={() => openGood(pinned)} />}
				{count > 0 && <BagButton count={count} open={() => setShown({ view: "list" })} />}
			</div>
			<BagSheet
				goods={goods}
				shown={shown}
				show={setShown}
				roomId={isOn ? room.id : undefined}
				hostId={room.host.id}
			/>
		</div>
	);
}

function BagButton({ count, open }: { count: number; open: () => void }) {
	const { t } = useTranslation();
	const label = t("shop.bag", { count });
	return (
		<Indicator label={count} size={18} offset={4} color="dark.6" className={classes.bag ?? ""}>
			<ActionIcon size={48} radius="xl" aria-label={label} title={label} onClick={open}>
				<IconShoppingBag size={26} />
			</ActionIcon>
		</Indicator>
	);
}
