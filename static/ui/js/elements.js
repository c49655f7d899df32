/* The small elements of every page, with or without Turbo. */

import "memo/ui/autosize";
import "memo/ui/confirm";
import "memo/ui/current";
import "memo/ui/dialog";
import "memo/ui/errors";
import "memo/ui/menu";
import "memo/ui/theme";
import "memo/ui/time";
import "memo/ui/toast";
