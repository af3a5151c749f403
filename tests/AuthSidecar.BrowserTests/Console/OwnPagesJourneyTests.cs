using AuthSidecar.TestSupport;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>What a person does with the own pages, from the first key to its end.</summary>
[Collection(OwnPagesSite.Collection)]
public sealed class OwnPagesJourneyTests(OwnPagesSite site)
{
    [RequiresTheory("chromium")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task APerson_SignsIn_MakesAKey_SeesItOnce_LearnsWhyARequestWasRefused_RotatesAndRevokes(bool hasMouse, bool hasScript)
    {
        var name = $"judy-{hasMouse}-{hasScript}".ToLowerInvariant();
        var decision = await site.AddPersonAsync(name);
        var page = await site.OpenAsync(new() { JavaScriptEnabled = hasScript });
        await using var context = page.Context;
        var hands = new Hands(page, hasMouse);
        await page.GotoAsync("/");
        await hands.SignInAsync(name);
        await HeadingAsync(page, "Your usage");

        await hands.FollowAsync("Keys");
        await hands.TypeAsync("Name", "laptop");
        await hands.PressAsync("Create key");
        await HeadingAsync(page, "Key “laptop” is ready");
        var secret = await page.GetByLabel("API key").InputValueAsync();
        Assert.StartsWith("ask_", secret, StringComparison.Ordinal);
        Assert.NotNull(await page.GetByLabel("API key").GetAttributeAsync("readonly"));

        await hands.FollowAsync("Back to your keys");
        await HeadingAsync(page, "Your keys");
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);

        await hands.FollowAsync("Requests");
        await hands.TypeAsync("Decision id", decision);
        await hands.PressAsync("Find");
        await HeadingAsync(page, "Why your request was refused");
        await Assertions.Expect(page.GetByText("The model may not be used here.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Use a model that your key and the route allow.")).ToBeVisibleAsync();

        await hands.FollowAsync("Keys");
        await hands.FollowAsync("Rotate laptop");
        await hands.PressAsync("Rotate key");
        await HeadingAsync(page, "Key “laptop” is ready");
        Assert.NotEqual(secret, await page.GetByLabel("API key").InputValueAsync());

        await hands.FollowAsync("Back to your keys");
        await hands.FollowAsync("Revoke laptop");
        await HeadingAsync(page, "Revoke key “laptop”?");
        await hands.PressAsync("Revoke key");
        await Assertions.Expect(page.GetByText("Key “laptop” is revoked.")).ToBeVisibleAsync();
    }

    private static Task HeadingAsync(IPage page, string text) =>
        Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(text);
}
