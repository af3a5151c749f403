namespace AuthSidecar.Tests.Platform.Configuration;

public class ShortSecretTests
{
    [Theory]
    [InlineData("Auth:Peppers:0", """ "Auth": { "Peppers": ["SECRET"] } """)]
    [InlineData("Auth:MasterKey", """ "Auth": { "MasterKey": "SECRET" } """)]
    [InlineData("Auth:ServiceCredentials:0", """ "Auth": { "ServiceCredentials": ["SECRET"] } """)]
    [InlineData("Delegation:GatewayKeys:0", """ "Delegation": { "GatewayKeys": ["SECRET"] } """)]
    [InlineData("Listen:CheckSecrets:0", """ "Listen": { "CheckSecrets": ["SECRET"] } """)]
    public void BelowSixteenCharacters_IsAnError(string path, string members)
    {
        Assert.Empty(Load("sixteen-letters!"));
        foreach (var secret in new[] { "x", "fifteen-letters" })
        {
            Assert.Equal([$"{path}: must have at least 16 characters; generate one, e.g. openssl rand -hex 32"], Load(secret));
        }

        IReadOnlyList<string> Load(string secret) =>
            SettingsDirectory.Load($"{{ {members.Replace("SECRET", secret, StringComparison.Ordinal)} }}").Errors;
    }
}
