using AuthSidecar.Administration.Commands;

namespace AuthSidecar.Tests.Administration.Commands;

public class TextTableTests
{
    [Theory]
    [InlineData("caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c")]
    [InlineData("a\u001b[31mb\r\nc", "a?[31mb??c")]
    [InlineData("gpt\u202e4\u202c", "gpt?4?")]
    [InlineData("\u2066a\u2069\u200e\u200f\u061c", "?a????")]
    [InlineData("a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "a?b?c?d?e?f?g")]
    [InlineData("a\u2028b\u2029c\u0085d", "a?b?c?d")]
    [InlineData("a\U000e0041b\ufe0fc\u3164d\u115fe\u034ff", "a?b?c?d?e?f")]
    [InlineData("\ue000x", "?x")]
    public void Cells_HoldNothingThatMovesReordersOrHidesText(string name, string shown)
    {
        var table = new TextTable("NAME", "END");
        table.Add(name, "x");
        using var writer = new StringWriter();

        table.WriteTo(writer);

        Assert.Equal($"{shown.PadRight(4)}  x", writer.ToString().Split('\n')[1]);
    }
}
