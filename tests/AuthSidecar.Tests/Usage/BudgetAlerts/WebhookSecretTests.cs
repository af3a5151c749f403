using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Usage.BudgetAlerts;

namespace AuthSidecar.Tests.Usage.BudgetAlerts;

public class WebhookSecretTests
{
    /// <summary>The example of the specification's libraries.</summary>
    [Fact]
    public void Signature_IsThatOfStandardWebhooks() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSecret.Sign(
                WebhookSecret.KeyOf(new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))!,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                Encoding.UTF8.GetBytes("""{"test": 2432232314}""")
            )
        );

    [Theory]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64!")]
    [InlineData("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")]
    public void OtherText_IsNoSecret(string text) => Assert.Null(WebhookSecret.KeyOf(new Secret(text)));
}
