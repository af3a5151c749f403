using System.Text;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Platform.Invalidation;

public sealed class InvalidationMessageTests
{
    [Fact]
    public void Changes_ReadBackAsWritten()
    {
        var at = Instant.FromMicroseconds(1_767_323_045_678_901);
        CacheInvalidation[] written =
        [
            new()
            {
                Sequence = 1,
                KeyId = "k",
                At = at,
            },
            new()
            {
                Sequence = 2,
                UserId = "u \"ü\"",
                TenantId = "t",
                At = at,
            },
            new()
            {
                Sequence = long.MaxValue,
                AppId = "a",
                At = at,
            },
            new() { Sequence = 4, At = at },
        ];

        Assert.True(InvalidationMessage.TryRead(InvalidationMessage.Write(written, written[0].At), out var read));

        Assert.Equal(written.Select(Facts), read.Select(Facts));
    }

    [Fact]
    public void TheForm_IsTheOneThatOtherVersionsRead() =>
        Assert.Equal(
            """{"v":1,"changes":[{"n":7,"at":5,"key":"k"},{"n":8,"at":5,"all":true}]}""",
            Encoding.UTF8.GetString(
                InvalidationMessage.Write(
                    [
                        new()
                        {
                            Sequence = 7,
                            KeyId = "k",
                            At = Instant.FromMicroseconds(1),
                        },
                        new() { Sequence = 8 },
                    ],
                    Instant.FromMicroseconds(5)
                )
            )
        );

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"forget everything\"")]
    [InlineData("{\"v\":1}")]
    [InlineData("{\"v\":2,\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":\"1\",\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1.5,\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":{}}")]
    [InlineData("{\"v\":1,\"changes\":[]}")]
    [InlineData("{\"v\":1,\"changes\":[1]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"},null]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"group\":\"g\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"all\":true,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"all\":1}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":0,\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":\"1\",\"at\":1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":-1,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":9223372036854775807,\"key\":\"k\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"key\":7}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"key\":\"\"}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"key\":null}]}")]
    [InlineData("{\"v\":1,\"changes\":[{\"n\":1,\"at\":1,\"key\":\"k\"}]} x")]
    public void Nonsense_IsNotRead(string text) => Assert.False(InvalidationMessage.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void TooMuch_IsNotRead()
    {
        Assert.False(
            InvalidationMessage.TryRead(
                InvalidationMessage.Write(
                    [
                        .. Enumerable
                            .Range(1, InvalidationMessage.Most + 1)
                            .Select(number => new CacheInvalidation { Sequence = number, KeyId = "k" }),
                    ],
                    DateTimeOffset.UnixEpoch
                ),
                out _
            )
        );
        Assert.False(
            InvalidationMessage.TryRead(
                InvalidationMessage.Write([new() { Sequence = 1, KeyId = new('k', 300) }], DateTimeOffset.UnixEpoch),
                out _
            )
        );
        Assert.False(InvalidationMessage.TryRead(Encoding.UTF8.GetBytes(new string(' ', 2 * 1024 * 1024) + "{}"), out _));
        Assert.False(InvalidationMessage.TryRead(Encoding.UTF8.GetBytes(new string('[', 10_000)), out _));
        Assert.False(InvalidationMessage.TryRead(new byte[] { 0xFF, 0xFE, 0x00 }, out _));
    }

    private static (long, string?, string?, string?, string?, DateTimeOffset) Facts(CacheInvalidation change) =>
        (change.Sequence, change.KeyId, change.UserId, change.TenantId, change.AppId, change.At);
}
