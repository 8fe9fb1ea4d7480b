namespace Cx.Domain; internal static class Placeholder;
