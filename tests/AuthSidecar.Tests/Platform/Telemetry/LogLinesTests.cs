using System.Text;
using System.Text.Json;
using AuthSidecar.Platform.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Tests.Platform.Telemetry;

public class LogLinesTests
{
    [Fact]
    public void Json_HasTheFieldsOfADecision()
    {
        var line = Write(new JsonLines(TimeProvider.System), [new("Keys", 3), new("{OriginalFormat}", "x")], null);

        using var document = JsonDocument.Parse(line);
        Assert.Equal(
            ["time", "level", "event", "category", "message", "keys"],
            document.RootElement.EnumerateObject().Select(field => field.Name)
        );
        Assert.Equal("Warning", document.RootElement.GetProperty("level").GetString());
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void AuditEvent_KeepsItsName()
    {
        var line = Write(new JsonLines(TimeProvider.System), [new("audit", true), new("event", "token_expired"), new("key_id", "k")], null);

        Assert.Contains("\"event\":\"token_expired\",\"category\":\"A.B\",", line, StringComparison.Ordinal);
        Assert.Contains("\"audit\":true,\"key_id\":\"k\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Exceptions_AreWhole_ButThoseOfAFailedBind()
    {
        foreach (var formatter in new ConsoleFormatter[] { new JsonLines(TimeProvider.System), new TextLines(TimeProvider.System) })
        {
            Assert.Contains("odd", Write(formatter, [], new InvalidOperationException("odd")), StringComparison.Ordinal);
            Assert.Equal(
                "",
                Write(formatter, [], new IOException("Failed to bind to address x: in use."), "Microsoft.Extensions.Hosting.Internal.Host")
            );
        }
    }

    [Fact]
    public void Text_IsOneLineOfAMessage() =>
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} Warning B: a message\n$", Write(new TextLines(TimeProvider.System), [], null));

    [Fact]
    public void Text_OfADecision_HasNoLineBreakOfAClient() =>
        Assert.Equal(
            "10:20:30.000 Warning decision reason=no_policy path=/a\\nb host=\"a b\" key_id=\"\" duration_us=5\n",
            Encoding.UTF8.GetString(
                TextLines.Of(
                    "{\"time\":\"2026-01-01T10:20:30+00:00\",\"level\":\"Warning\",\"event\":\"decision\",\"reason\":\"no_policy\",\"path\":\"/a\\nb\",\"host\":\"a b\",\"key_id\":\"\",\"duration_us\":5}\n"u8
                )
            )
        );

    private static string Write(
        ConsoleFormatter formatter,
        KeyValuePair<string, object?>[] state,
        Exception? fault,
        string category = "A.B"
    )
    {
        using var writer = new StringWriter();
        formatter.Write(
            new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Warning, category, default, state, fault, (_, _) => "a message"),
            null,
            writer
        );
        return writer.ToString();
    }
}
