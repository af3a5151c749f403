using AuthSidecar.TestSupport;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>What an administrator does for a person, from the account to its end.</summary>
[Collection(AdminPagesSite.Collection)]
public sealed class AdminPagesJourneyTests(AdminPagesSite site)
{
    [RequiresTheory("chromium")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task AnAdmin_SignsIn_CreatesAUser_ResetsThePassword_MakesAndRevokesAKey_AndDisablesTheUser(bool hasMouse, bool hasScript)
    {
        var name = $"kim-{hasMouse}-{hasScript}".ToLowerInvariant();
        var page = await site.OpenAsync(site.Empty, new() { JavaScriptEnabled = hasScript });
        await using var context = page.Context;
        var hands = new Hands(page, hasMouse);
        await page.GotoAsync("/ui/admin");
        await hands.SignInAsync("ada");
        await HeadingAsync(page, "Overview");

        await hands.FollowAsync("Users");
        await hands.TypeAsync("Name", name);
        await hands.PressAsync("Create user");
        await HeadingAsync(page, $"First password of {name}");
        var first = await page.GetByLabel("One-time password").InputValueAsync();
        await hands.FollowAsync("Go to the user");
        await HeadingAsync(page, name);
        Assert.DoesNotContain(first, await page.ContentAsync(), StringComparison.Ordinal);

        await hands.FollowAsync("Reset the password");
        await hands.PressAsync("Reset password");
        await HeadingAsync(page, $"First password of {name}");
        Assert.NotEqual(first, await page.GetByLabel("One-time password").InputValueAsync());
        await hands.FollowAsync("Go to the user");

        await hands.FollowAsync("New key");
        await HeadingAsync(page, "Keys");
        await Assertions.Expect(page.Locator("#Owner")).ToHaveValueAsync(name);
        await hands.TypeAsync("Name", "laptop");
        await hands.PressAsync("Create key");
        await HeadingAsync(page, "Key “laptop” is ready");
        await hands.FollowAsync("Go to the key");
        await hands.FollowAsync("Revoke");
        await HeadingAsync(page, "Revoke key “laptop”?");
        await hands.PressAsync("Revoke key");
        await Assertions.Expect(page.GetByText("Key “laptop” is revoked.")).ToBeVisibleAsync();

        await hands.FollowAsync(name);
        await hands.FollowAsync("Disable");
        await HeadingAsync(page, $"Disable {name}?");
        await hands.PressAsync("Disable user");
        await Assertions.Expect(page.GetByText($"{name} is disabled.")).ToBeVisibleAsync();
    }

    private static Task HeadingAsync(IPage page, string text) =>
        Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(text);
}
