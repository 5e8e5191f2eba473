import { Anchor } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "react-router";
import classes from "./shell.module.css";

/** Above the heading of a page: where it belongs. */
export function BackLink({ to, children }: { to: string; children: string }) {
	return (
		<Anchor
			component={Link}
			to={to}
			size="sm"
			display="flex"
			my={-10}
			className={classes.back ?? ""}
		>
			<IconChevronLeft size={18} aria-hidden />
			{children}
		</Anchor>
	);
}
