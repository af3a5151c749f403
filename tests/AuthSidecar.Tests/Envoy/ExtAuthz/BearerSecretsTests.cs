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
    public void Header_AuthenticatesWithAnySecret(string header, bool opens) => Assert.Equal(opens, _two.Accept(header));

    [Fact]
    public void NoHeaderOrTwo_AreRejected()
    {
        Assert.False(_two.Accept(StringValues.Empty));
        Assert.False(_two.Accept(new StringValues([null])));
        Assert.False(_two.Accept(new StringValues(["Bearer today", "Bearer today"])));
    }

    [Fact]
    public void WithoutSecrets_NoHeaderAuthenticates_AndNoneIsRequired()
    {
        var none = new BearerSecrets([]);

        Assert.True(none.AreOff);
        Assert.False(none.Accept("Bearer "));
    }
}
