using AuthSidecar.Decisions.Routes;

namespace AuthSidecar.Tests.Access.Policies;

public sealed class AppRouteTests
{
    [Theory]
    [InlineData("bot", "/anything", "bot")]
    [InlineData("/apps/{app}", "/apps/bot", "bot")]
    [InlineData("/apps/{app}", "/apps/bot/", null)]
    [InlineData("/apps/{app}", "/apps/", null)]
    [InlineData("/apps/{app}", "/apps", null)]
    [InlineData("/apps/{app}", "/other/bot", null)]
    [InlineData("/apps/{app}", "/apps/b.t", null)]
    [InlineData("/apps/{app}", "/apps/b t", null)]
    [InlineData("/apps/{app}", "/apps/bøt", null)]
    [InlineData("/apps/{app}", "", null)]
    [InlineData("/apps/{app}/{**rest}", "/apps/bot", "bot")]
    [InlineData("/apps/{app}/{**rest}", "/apps/bot/a/b", "bot")]
    [InlineData("/{tenant}/{app}/run", "/acme/bot/run", "bot")]
    [InlineData("/{app}/{tenant}/run", "/acme/bot/run", "acme")]
    [InlineData("/v1/app-{app}.json", "/v1/app-bot.json", "bot")]
    [InlineData("/v1/{kind}-{app}", "/v1/app-bot", "bot")]
    [InlineData("/v1/{kind}-{app}", "/v1/a-b-c", "c")]
    [InlineData("/v1/{app}-{kind}", "/v1/a-b-c", "a-b")]
    [InlineData("/v1/{app}.{format?}", "/v1/bot.json", "bot")]
    [InlineData("/v1/{app}.{format?}", "/v1/bot", "bot")]
    [InlineData("/v1/{app:int}", "/v1/12", "12")]
    [InlineData("/v1/{app:int}", "/v1/bot", null)]
    [InlineData("/v1/{app}/{version?}", "/v1/bot", "bot")]
    public void Path_NamesTheApp(string text, string path, string? id)
    {
        Assert.True(AppRoute.TryParse(text, out var route, out var error), error);
        Assert.Equal(id, route.IdIn(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("b.t")]
    [InlineData("{app}")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("/apps")]
    [InlineData("/apps/{App}")]
    [InlineData("/apps/{id}")]
    [InlineData("/apps/{app}/{app}")]
    [InlineData("/apps/{app?}")]
    [InlineData("/apps/{app=bot}")]
    [InlineData("/apps/{**app}")]
    [InlineData("/apps/{*app}")]
    [InlineData("/v1/a.{app?}")]
    [InlineData("/apps/{app")]
    public void NeitherIdNorTemplateWithOneApp_IsRefused(string text)
    {
        Assert.False(AppRoute.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }
}
