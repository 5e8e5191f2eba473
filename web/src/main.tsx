import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./main.css";
import "./i18n/index.ts";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { App } from "./app.tsx";
import { queryClient } from "./query-client.ts";
import { Crash } from "./shell/crash.tsx";
import { theme } from "./theme.ts";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
	<StrictMode>
		<QueryClientProvider client={queryClient}>
			<MantineProvider theme={theme} defaultColorScheme="auto">
				<Notifications position="top-center" />
				<Crash>
					<BrowserRouter>
						<App />
					</BrowserRouter>
				</Crash>
			</MantineProvider>
		</QueryClientProvider>
	</StrictMode>
);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
	// Without it the pages work all the same, only not without a network.
	navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
}
