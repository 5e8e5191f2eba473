import { createTheme } from "@mantine/core";
import i18next from "i18next";

/** Shade 7 carries white text at 5:1, shade 4 stands on dark ground at 6:1. */
export const theme = createTheme({
	primaryColor: "brand",
	primaryShade: 7,
	colors: {
		brand: [
			"#fff0f3",
			"#ffdde3",
			"#ffb8c4",
			"#ff8fa2",
			"#fb6a83",
			"#f24a69",
			"#e63757",
			"#d32548",
			"#b41b3c",
			"#941531"
		]
	},
	defaultRadius: "md",
	cursorType: "pointer",
	respectReducedMotion: true,
	components: {
		// An element that no menu may hold; the first item takes the keyboard as well.
		Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
		// The one close button that no page makes itself.
		Notification: {
			defaultProps: () => ({ closeButtonProps: { "aria-label": i18next.t("app.close") } })
		}
	},
	fontFamily: [
		"system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans'",
		"'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC'",
		"'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', sans-serif"
	].join(", ")
});
