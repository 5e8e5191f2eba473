import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { AccountProvider } from "./account/account-provider.tsx";
import { HomePage } from "./home/home-page.tsx";
import { MailProvider } from "./mail/mail-provider.tsx";
import { RoomPage } from "./room/room-page.tsx";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";
import { PageLoading } from "./shell/states.tsx";

// Few visitors are hosts: the others do not load this part.
const StudioPage = lazy(() =>
	import("./studio/studio-page.tsx").then((module) => ({ default: module.StudioPage }))
);
const ConsolePage = lazy(() =>
	import("./studio/console-page.tsx").then((module) => ({ default: module.ConsolePage }))
);
// Nor is everybody about to buy coins.
const WalletPage = lazy(() =>
	import("./wallet/wallet-page.tsx").then((module) => ({ default: module.WalletPage }))
);
const CartPage = lazy(() =>
	import("./shop/cart-page.tsx").then((module) => ({ default: module.CartPage }))
);
const CheckoutPage = lazy(() =>
	import("./shop/checkout-page.tsx").then((module) => ({ default: module.CheckoutPage }))
);
const OrdersPage = lazy(() =>
	import("./orders/orders-page.tsx").then((module) => ({ default: module.OrdersPage }))
);
const OrderPage = lazy(() =>
	import("./orders/order-page.tsx").then((module) => ({ default: module.OrderPage }))
);
const AddressesPage = lazy(() =>
	import("./shop/addresses-page.tsx").then((module) => ({ default: module.AddressesPage }))
);
const SalesPage = lazy(() =>
	import("./studio/sales-page.tsx").then((module) => ({ default: module.SalesPage }))
);
const ProductsPage = lazy(() =>
	import("./studio/goods-page.tsx").then((module) => ({ default: module.ProductsPage }))
);

export function App() {
	return (
		<AccountProvider>
			<MailProvider>
				<Shell>
					<Suspense fallback={<PageLoading />}>
						<Routes>
							<Route path="/" element={<HomePage />} />
							<Route path="/rooms/:id" element={<RoomPage />} />
							<Route path="/wallet" element={<WalletPage />} />
							<Route path="/studio" element={<StudioPage />} />
							<Route path="/cart" element={<CartPage />} />
							<Route path="/checkout" element={<CheckoutPage />} />
							<Route path="/orders" element={<OrdersPage />} />
							<Route path="/orders/:id" element={<OrderPage />} />
							<Route path="/addresses" element={<AddressesPage />} />
							<Route path="/studio/products" element={<ProductsPage />} />
							<Route path="/studio/orders" element={<SalesPage />} />
							<Route path="/studio/:id" element={<ConsolePage />} />
							<Route path="*" element={<NotFound />} />
						</Routes>
					</Suspense>
				</Shell>
			</MailProvider>
		</AccountProvider>
	);
}
