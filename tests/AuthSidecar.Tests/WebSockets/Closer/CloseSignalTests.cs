using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.WebSockets.Closer;

namespace AuthSidecar.Tests.WebSockets.Closer;

public sealed class CloseSignalTests
{
    private static readonly CloseSignal _signal = With("a pepper");

    [Fact]
    public void EveryRefusal_IsReadAsItWasWritten() =>
        Assert.All(Denials.All, denial => Assert.Equal((denial.CloseCode, denial.Reason), _signal.Read(_signal.Write(denial))));

    [Fact]
    public void AnOlderPepper_StillCounts()
    {
        Assert.Equal((4001, "token_expired"), With("a newer pepper", "a pepper").Read(_signal.Write(Denials.TokenExpired)));
        Assert.Null(With("a newer pepper").Read(_signal.Write(Denials.TokenExpired)));
    }

    [Fact]
    public void ForgedSignal_IsIgnored()
    {
        var ours = _signal.Write(Denials.TokenExpired);
        foreach (
            var forged in new[]
            {
                null,
                "",
                ".",
                "..",
                "4001",
                "4001.token_expired",
                "4001.token_expired.",
                $"4001.token_expired.{new string('0', 32)}",
                ours.Replace("4001", "4004", StringComparison.Ordinal),
                ours.Replace("expired", "revoked", StringComparison.Ordinal),
                ours[..^1],
                ours + "0",
                ours.ToUpperInvariant(),
                $"{ours},{ours}",
                $"+{ours}",
                $" {ours}",
                $"{new string('9', 40)}{ours}",
                ours + ".x",
                "4001.token_expired.\u00e9" + new string('0', 31),
            }
        )
        {
            Assert.Null(_signal.Read(forged));
        }
    }

    private static CloseSignal With(params string[] peppers) => new(new KeyHasher([.. peppers.Select(pepper => new Secret(pepper))]));
}
