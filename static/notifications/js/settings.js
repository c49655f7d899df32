/* The page with one's notification settings. */

import "memo/notifications/install";
import "memo/notifications/push";
