using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Tests.Decisions.Policies;

public sealed class ModelLimitTextTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("gpt-5*")]
    [InlineData("ft:gpt-4o:org::id")]
    [InlineData("anthropic.claude-v2:0")]
    [InlineData("a:b=c")]
    [InlineData("tokens=5/60s")]
    public void EntryWithoutALimit_IsAGlob(string entry)
    {
        Assert.True(ModelLimitText.TryRead(entry, out var limit));
        Assert.Equal(new(entry), limit);
    }

    [Fact]
    public void Limits_FollowTheLastColon()
    {
        Assert.Equal(new("gpt-5*") { Tokens = 50_000, TokenWindow = _minute }, Read("gpt-5*:tokens=50000/60s"));
        Assert.Equal(new("ft:x") { Permits = 10, Window = TimeSpan.FromHours(1) }, Read("ft:x:permits=10/1h"));
        Assert.Equal(new("o3") { Parallel = 0 }, Read("o3:parallel=0"));
        Assert.Equal(
            new("*")
            {
                Permits = 1,
                Window = _minute,
                Tokens = 2,
                TokenWindow = TimeSpan.FromDays(30),
                Parallel = 3,
            },
            Read("*:parallel=3,tokens=2/30d,permits=1/1m")
        );

        static ModelLimit Read(string entry)
        {
            Assert.True(ModelLimitText.TryRead(entry, out var limit));
            return limit;
        }
    }

    [Theory]
    [InlineData("o3:tokens=")]
    [InlineData("o3:tokens=5")]
    [InlineData("o3:tokens=5/60")]
    [InlineData("o3:tokens=-5/60s")]
    [InlineData("o3:tokens=5/0s")]
    [InlineData("o3:tokens=5/-1s")]
    [InlineData("o3:tokens=5/31d")]
    [InlineData("o3:tokens=5/60s,")]
    [InlineData("o3:tokens=5/60s,tokens=6/60s")]
    [InlineData("o3:tokens=5/60s,other=1")]
    [InlineData("o3:permits=2147483648/60s")]
    [InlineData("o3:parallel=1/60s")]
    [InlineData("o3:parallel=+1")]
    [InlineData(":tokens=5/60s")]
    public void MalformedLimit_IsNone(string entry)
    {
        Assert.False(ModelLimitText.TryRead(entry, out _));

        // A stored one stays what an older version took it for.
        var (globs, limits) = KeyModels.Of([entry]);
        Assert.Equal([entry], globs);
        Assert.Null(limits);
    }
}
