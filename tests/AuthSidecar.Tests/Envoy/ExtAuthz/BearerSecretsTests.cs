using AuthSidecar.Decisions.Text;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

public sealed class BearerSecretsTests
{
    private static readonly BearerSecrets _two = new([new("today"), new("yesterday")]);

    [Theory]
    [InlineData("Bearer today", true)]
    [InlineData("bearer yesterday", true)]
    [InlineData("Bearer Today", false)]
    [InlineData("Bearer today ", false)]
    [InlineData("Bearer  today", false)]
    [InlineData("Bearer toda", false)]
    [InlineData("Bearer todayy", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearer", false)]
    [InlineData("today", false)]
    [InlineData("Basic today", false)]
    [InlineData("", false)]
    [InlineData("Bearer today, Bearer today", false)]
    public void Header_OpensWithOneOfThem(string header, bool opens) => Assert.Equal(opens, _two.Opens(header));

    [Fact]
    public void NoHeaderOrTwo_OpenNothing()
    {
        Assert.False(_two.Opens(StringValues.Empty));
        Assert.False(_two.Opens(new StringValues([null])));
        Assert.False(_two.Opens(new StringValues(["Bearer today", "Bearer today"])));
    }

    [Fact]
    public void WithoutAny_NothingOpens_AndNothingIsAskedFor()
    {
        var none = new BearerSecrets([]);

        Assert.True(none.AreOff);
        Assert.False(none.Opens("Bearer "));
    }
}
